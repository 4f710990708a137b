"""Invented names, by part of the world: people, and the two halves of a company's name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """How people and companies are called somewhere; a company is a head and a tail."""

    countries: list[str]
    first: list[str]
    last: list[str]
    heads: list[str]
    tails: list[str]


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


CULTURES: dict[str, Culture] = {
    "nordic": Culture(
        _list("Norway, Sweden, Denmark, Finland"),
        _list("Ingrid, Lars, Astrid, Henrik, Sigrid, Mikkel, Freja, Anders, Linnea, Jonas, Solveig, Emil, Tuva, Oskar"),
        _list("Dahl, Moe, Lindgren, Holm, Nyström, Berg, Solheim, Kjær, Virtanen, Strand, Ekman, Aas, Lund, Hagen"),
        _list(
            "Fjellvik, Skarv, Tindra, Bjerk, Havsund, Lyng, Isbre, Vinterhav, Grønvik, Solvang,"
            "Ravn, Stavik, Elvestad, Norrviken, Sjøholm, Granly, Midnatt, Tårnby, Aurland, Brisling, Kvist, Myrdal"
        ),
        _list("Freight, Robotics, Marine, Energi, Møbler, Seafood, Timber, Helse, Bygg, Kraft"),
    ),
    "spanish": Culture(
        _list("Spain, Mexico, Chile, Colombia, Peru, Argentina"),
        _list("Lucía, Mateo, Valentina, Diego, Camila, Javier, Paula, Andrés, Inés, Tomás, Rocío, Sergio, Elena, Iván"),
        _list("Quiroga, Salas, Ibáñez, Montes, Rivas, Cárdenas, Peña, Fuentes, Ortega, Luna, Vidal, Bravo, Soto, Vega"),
        _list(
            "Puerto Azul, Altamar, Sierra Clara, Mirasol, Tres Ríos, Cumbre, Llano Verde, Faro, Brisa,"
            "Ancla, Encina, Cóndor, Lumbre, Quinta Roja, Pampa, Olivar, Caracola, Monteluz, Arrecife, Duna, Jacaranda"
        ),
        _list("Sur, Logística, Seguros, Alimentos, Textil, Salud, Viajes, Mercado, Agro, Construcciones"),
    ),
    "english": Culture(
        _list("United States, United Kingdom, Canada, Ireland"),
        _list("Grace, Owen, Hannah, Marcus, Ruth, Callum, Nora, Dean, Paige, Elliot, Joyce, Simon, Tessa, Warren"),
        _list(
            "Whitaker, Boyle, Hartley, Sinclair, Doyle, Mercer, Ashby, Keane, Pruitt, Lowell, Vance, Thorne, Bass, Webb"
        ),
        _list(
            "Copperfield, Larkspur, Ironbridge, Fairmile, Hollow Oak, Redstart, Kestrel,"
            "Millrace, Tallgrass, Stonegate, Harborlight, Juniper, Foxglove, Northgate, Clearbrook, Pinecrest, Wren,"
            "Bluebell, Granite, Summerhill, Longreach, Beacon, Silverline, Westmoor, Highfield"
        ),
        _list("Clinics, Hotels, Legal, Insurance, Studio, Outfitters, Dental, Foods, Analytics, Logistics, Schools"),
    ),
    "french": Culture(
        _list("France, Belgium, Switzerland, Canada"),
        _list("Chloé, Julien, Margaux, Antoine, Élise, Bastien, Camille, Hugo, Manon, Rémi, Sophie, Luc, Anaïs, Denis"),
        _list("Moreau, Petitjean, Lefort, Garnier, Roussel, Chevalier, Marchand, Blanc, Caron, Fabre, Giraud, Perrot"),
        _list(
            "Maison Lefort, Val d'Or, Belrive, Clairval, Grand Large, Rive Bleue, Montclair, Solène,"
            "Aubépine, Petit Phare, Tournesol, Beauséjour, Hirondelle, Sainte-Anne, Mistral, Lavande, Fontaine, Orme"
        ),
        _list("Textiles, Conseil, Santé, Voyages, Transports, Assurances, Énergie, Traiteur, Immobilier, Optique"),
    ),
    "italian": Culture(
        _list("Italy, Switzerland"),
        _list("Giulia, Marco, Chiara, Luca, Sara, Paolo, Elisa, Davide, Marta, Nico, Bianca, Fabio, Irene, Stefano"),
        _list("Ferri, Conti, Rinaldi, Galli, Moretti, Serra, Basile, Fontana, Villa, Parisi, Greco, Sartori, Leone"),
        _list(
            "Lucciola, Terranova, Campo Largo, Vento, Pietra Viva, Aquila, Girasole, Stella Alpina, Monteverde,"
            "Riva, Cascina, Filo, Onda, Ponte Vecchio, Salina, Torre Bianca, Zafferano, Nocciola, Brezza, Corallo"
        ),
        _list("Studio, Moda, Ceramiche, Viaggi, Arredi, Alimentari, Sistemi, Motori, Farmacie, Edilizia"),
    ),
    "german": Culture(
        _list("Germany, Austria, Switzerland"),
        _list("Anke, Jürgen, Lena, Matthias, Heike, Tobias, Silke, Felix, Ulrike, Moritz, Petra, Jan, Katja, Stefan"),
        _list("Brandt, Vogel, Krüger, Seidel, Lorenz, Böhm, Winter, Haas, Arnold, Pohl, Ritter, Franke, Jahn, Kuhn"),
        _list(
            "Lindenhof, Falkenstein, Rotbuche, Werdau, Sonnfeld, Eichtal, Nordwall, Silberbach, Habicht, Kranich,"
            "Steinau, Bergquell, Morgenrot, Hafenkante, Adlerhorst, Birkenau, Grünwerk, Dornbach, Altmühle, Seeblick"
        ),
        _list("Maschinenbau, Logistik, Versicherung, Kliniken, Technik, Verlag, Energie, Werkzeuge, Labor, Bau"),
    ),
    "baltic": Culture(
        _list("Estonia, Latvia, Lithuania, Poland"),
        _list("Liis, Janis, Ieva, Tomas, Kadri, Andris, Rasa, Piotr, Zofia, Marek, Elina, Priit, Daiva, Karol"),
        _list("Kask, Ozols, Kalnina, Petrauskas, Tamm, Liepa, Jankauskas, Nowak, Zielińska, Wójcik, Saar, Krumins"),
        _list(
            "Merevaik, Dzintar, Gintaras, Bursztyn, Sinilind, Baltija, Jūra, Kadakas, Saule, Pärnaaru, Vēja, Nemunas,"
            "Lipowy, Zorza, Rannametsa, Ąžuolas, Kuldne, Bociek, Viru Laht, Ozolkalns, Daugava, Jantar, Sarma, Kopa"
        ),
        _list("Shipping, Bank, Software, Puit, Transport, Meble, Pharma, Media, Telekom, Foods"),
    ),
    "portuguese": Culture(
        _list("Portugal, Brazil"),
        _list("Beatriz, Rui, Joana, Caio, Larissa, Nuno, Marina, Tiago, Helena, Bruno, Rita, Otávio, Lívia, André"),
        _list("Nogueira, Teles, Barros, Figueira, Prado, Moura, Antunes, Rocha, Queiroz, Pires, Sales, Vieira"),
        _list(
            "Maré Alta, Ipê, Serra Azul, Caravela, Boa Vista, Andorinha, Cais Novo, Jangada, Oliveira Real, Tucano,"
            "Pedra Branca, Sabiá, Ribeira, Alvorada, Farol, Cajueiro, Nascente, Vale Novo, Gaivota, Mangueira"
        ),
        _list("Logística, Saúde, Calçados, Seguros, Turismo, Papel, Cafés, Energia, Varejo, Educação"),
    ),
    "indonesian": Culture(
        _list("Indonesia"),
        _list("Putri, Agus, Ratna, Bayu, Sari, Eko, Wulan, Rizky, Intan, Fajar, Ayu, Hendra, Nadia, Joko"),
        _list("Wijaya, Santosa, Pratama, Hartono, Lestari, Nugroho, Utami, Setiawan, Halim, Gunawan, Siregar, Putra"),
        _list(
            "Samudra, Garuda Biru, Melati, Bintang Timur, Cendana, Rajawali, Lentera, Mutiara, Nusa Indah, Padi,"
            "Angin Laut, Teratai, Batik Jaya, Kencana, Merapi, Pelangi, Rimba, Surya, Telaga, Anggrek, Bahtera, Jati"
        ),
        _list("Nusantara, Logistik, Ritel, Farma, Pangan, Travel, Tekstil, Energi, Medika, Properti, Digital"),
    ),
    "japanese": Culture(
        _list("Japan"),
        _list("Yuki, Kenji, Aiko, Haruto, Mei, Sora, Naoko, Ryota, Emi, Daichi, Hana, Takumi, Rin, Shota"),
        _list("Tanabe, Mori, Okada, Fujita, Hayashi, Kondo, Nishimura, Arai, Sugiyama, Ueda, Kawai, Noda"),
        _list(
            "Asahina, Hoshino, Tsubame, Midori, Kaze, Sakuragi, Minato, Yamabuki, Aoba, Kitaguchi, Shirakawa, Momiji,"
            "Hikari, Nagomi, Tokiwa, Umihara, Matsuba, Suzuran, Kirin, Akebono"
        ),
        _list("Works, Seimitsu, Foods, Bussan, Denki, Kogyo, Design, Shoten, Travel, Medical"),
    ),
    "malay": Culture(
        _list("Malaysia, Singapore"),
        _list("Aisyah, Farid, Mei Ling, Arun, Nurul, Wei Jie, Priya, Hafiz, Li Na, Zain, Kavitha, Daniel, Siti, Jun"),
        _list("Rahman, Tan, Lim, Nair, Ismail, Chong, Kumar, Yusof, Goh, Hassan, Lee, Menon"),
        _list(
            "Selat, Merbau, Orkid, Bunga Raya, Lautan, Pinang, Straits, Harimau, Kelapa, Tanjong, Seroja, Permata,"
            "Layang, Kuala Emas, Mangga, Cahaya, Rafflesia, Bukit Hijau, Perdana, Camar"
        ),
        _list("Trading, Maritime, Foods, Clinics, Capital, Solutions, Retail, Motors, Learning, Ventures"),
    ),
    "indian": Culture(
        _list("India"),
        _list("Ananya, Rohan, Kavya, Vikram, Meera, Arjun, Isha, Nikhil, Diya, Sanjay, Pooja, Aditya, Leela, Kiran"),
        _list("Iyer, Kapoor, Desai, Bhatt, Reddy, Malhotra, Joshi, Banerjee, Chandran, Mehta, Rao, Gupta"),
        _list(
            "Neelam, Tarang, Suvarna, Himadri, Kaveri, Sagar, Ujjwal, Vriksh, Mayura, Narmada, Prakash, Chandan,"
            "Aranya, Deepam, Indradhanu, Lotus Ghat, Saffron, Tamarind, Vayu, Ganga Vista"
        ),
        _list("Textiles, Logistics, Diagnostics, Foods, Finserv, Motors, Infotech, Academy, Polymers, Hospitals"),
    ),
}

INDUSTRIES = _list(
    "Logistics, Health, Retail, Manufacturing, Finance, Education, Hospitality, Energy, Media, Food, Construction"
)
INDUSTRY_OF = {
    word: industry
    for industry, words in {
        "Logistics": "Freight, Shipping, Logistics, Logistik, Logística, Transport, Transports, Maritime, Marine",
        "Health": "Clinics, Dental, Health, Helse, Salud, Santé, Saúde, Kliniken, Farmacie, Farma, Medika, Medical,"
        "Pharma, Labor, Optique, Diagnostics, Hospitals",
        "Retail": "Outfitters, Møbler, Textil, Textiles, Moda, Ritel, Retail, Varejo, Meble, Mercado, Shoten, Calçados",
        "Manufacturing": "Robotics, Ceramiche, Maschinenbau, Technik, Werkzeuge, Seimitsu, Kogyo,"
        " Polymers, Motors, Works",
        "Finance": "Insurance, Seguros, Assurances, Versicherung, Bank, Capital, Finserv, Legal, Conseil",
        "Education": "Schools, Academy, Learning, Educação, Verlag",
        "Hospitality": "Hotels, Viajes, Voyages, Viaggi, Turismo, Travel",
        "Energy": "Energi, Kraft, Énergie, Energie, Energia",
        "Media": "Studio, Media, Design, Analytics, Software, Digital, Infotech, Telekom, Sistemi, Solutions",
        "Food": "Foods, Seafood, Alimentos, Agro, Traiteur, Alimentari, Pangan, Cafés",
        "Construction": "Timber, Bygg, Construcciones, Immobilier, Arredi, Edilizia, Bau, Puit, Properti",
    }.items()
    for word in _list(words)
}
